with

source as (

    select * from {{ source('raw', 'objection') }}

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
        objection_no,
        uscc,
        id_kind,
        document_no,
        accepted_on,
        resolved_on,
        outcome,

        ---------- derived at ingest
        person_key

    from source

)

select * from final
