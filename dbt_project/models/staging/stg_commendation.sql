with

source as (

    select * from {{ source('raw', 'commendation') }}

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
        document_no,
        commended_on,
        issuer_name,
        issuer_level,
        issuer_kind,
        is_epidemic,
        subject_kind,
        subject_name,
        uscc,
        id_kind,
        honour,

        ---------- derived at ingest
        subject_key,
        person_key

    from source

)

select * from final
