with

source as (

    select * from {{ source('raw', 'resumption_inspection') }}

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
        inspection_no,
        enterprise_name,
        uscc,
        duty_code,
        inspected_on,
        finding,
        rectified_on,
        penalty_document_no

    from source

)

select * from final
