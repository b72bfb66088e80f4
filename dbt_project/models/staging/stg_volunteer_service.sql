with

source as (

    select * from {{ source('raw', 'volunteer_service') }}

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
        service_no,
        enterprise_name,
        uscc,
        served_on,
        hours,
        activity,
        certified_by,
        certified_on

    from source

)

select * from final
