with

files as (

    select * from {{ ref('stg_ingested_files') }}

),

-- what a refused file holds counts nowhere
final as (

    select
        source_file,
        unit_code,
        item_code,
        delivery_date,
        sha256,
        fault,
        case when fault is null then rows_delivered else 0 end as rows_delivered,
        case when fault is null then rows_loaded else 0 end as rows_loaded,
        case when fault is null then rows_quarantined else 0 end as rows_quarantined,
        case when fault is null then rows_dropped else 0 end as rows_dropped
    from files

)

select * from final
