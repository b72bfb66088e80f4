with

source as (

    select * from {{ source('raw', 'publicity_material') }}

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
        material_no,
        kind,
        subject_kind,
        subject_name,
        uscc,
        document_no,
        title,
        summary,
        released_on,
        has_consent

    from source

)

select * from final
