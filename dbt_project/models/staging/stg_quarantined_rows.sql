with

source as (

    select * from {{ source('raw', 'quarantined_rows') }}

),

final as (

    select
        source_file,
        source_row,
        codes

    from source

)

select * from final
