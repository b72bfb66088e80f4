with

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

final as (

    select
        as_of_date,
        release_id,
        built_at,
        code_version,
        input_digest
    from parameters

)

select * from final
