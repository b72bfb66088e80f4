with

source as (

    select * from {{ source('raw', 'enterprise_scale') }}

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
        uscc,
        year,
        scale

    from source

)

select * from final
