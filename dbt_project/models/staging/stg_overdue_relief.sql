with

source as (

    select * from {{ source('raw', 'overdue_relief') }}

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
        overdue_record_no,
        uscc,
        institution,
        overdue_on,
        recognised_on,
        action

    from source

)

select * from final
