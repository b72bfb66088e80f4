with

source as (

    select * from {{ source('raw', 'social_order_case') }}

),

final as (

    select
        ---------- provenance
        item_code,
        unit_code,
        record_id,
        version,
        operation,
        delivery_date,
        source_file,
        file_name,
        source_row,
        is_code_repaired,
        content_digest,

        ---------- fields as delivered
        determination_no,
        penalty_document_no,
        person_name,
        id_kind,
        conduct_code,
        determined_on,
        city_code,
        authority_name,
        finality,
        employer_name,
        employer_uscc,

        ---------- derived at ingest
        person_key

    from source

)

select * from final
