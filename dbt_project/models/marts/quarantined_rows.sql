with

quarantined as (

    select * from {{ ref('stg_quarantined_rows') }}

),

final as (

    select
        source_file,
        source_row,
        codes
    from quarantined

)

select * from final
