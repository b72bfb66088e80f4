{{ config(materialized='view') }}

with

versions as (

    select * from {{ ref('int_charity_donation_versions') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

final as (

    select
        versions.*,
        case
            {{ common_dispositions('versions') }}
            when {{ outside_epidemic_period('versions.donated_on') }}
                then 'outside_epidemic_period'
            else 'used'
        end as disposition,
        cast(null as string) as detail
    from versions
    cross join parameters

)

select * from final
