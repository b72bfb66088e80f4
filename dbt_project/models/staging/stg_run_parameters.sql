with

source as (

    select * from {{ source('raw', 'run_parameters') }}

),

final as (

    select
        as_of_date,
        epidemic_start_date,
        epidemic_end_date,
        retention_years,
        report_working_days,
        green_channel_working_days,
        ordinary_repair_working_days,
        serious_fine_yuan,
        model_version,
        release_id,
        built_at,
        code_version,
        input_digest

    from source

)

select * from final
