with

source as (

    select * from {{ source('raw', 'ingested_files') }}

),

final as (

    select
        source_file,
        file_name,
        unit_code,
        item_code,
        delivery_date,
        sha256,
        fault,
        rows_delivered,
        rows_loaded,
        rows_quarantined,
        rows_dropped

    from source

)

select * from final
