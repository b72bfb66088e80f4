{{ config(materialized='view') }}

with

versions as (

    select * from {{ ref('int_administrative_award_versions') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

final as (

    select
        versions.*,
        case
            {{ common_dispositions('versions') }}
            when not versions.is_epidemic then 'not_epidemic'
            when {{ outside_epidemic_period('versions.awarded_on') }}
                then 'outside_epidemic_period'
            when versions.authority_level <> '省级' then 'below_provincial_level'
            else 'used'
        end as disposition,
        cast(null as string) as detail
    from versions
    cross join parameters

)

select * from final
