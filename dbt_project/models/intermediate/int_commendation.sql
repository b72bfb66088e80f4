{{ config(materialized='view') }}

with

versions as (

    select * from {{ ref('int_commendation_versions') }}

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
            when {{ outside_epidemic_period('versions.commended_on') }}
                then 'outside_epidemic_period'
            when versions.issuer_level = '县级' then 'below_city_level'
            when versions.issuer_kind not in ('人民政府', '党委和人民政府')
                then 'not_government'
            else 'used'
        end as disposition,
        cast(null as string) as detail
    from versions
    cross join parameters

)

select * from final
