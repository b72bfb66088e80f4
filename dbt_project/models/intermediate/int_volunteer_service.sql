{{ config(materialized='view') }}

with

versions as (

    select * from {{ ref('int_volunteer_service_versions') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

final as (

    select
        versions.*,
        case
            {{ common_dispositions('versions') }}
            when {{ outside_epidemic_period('versions.served_on') }}
                then 'outside_epidemic_period'
            when
                versions.certified_by is null
                or versions.certified_on is null
                or versions.certified_on > parameters.as_of_date
                then 'not_certified'
            else 'used'
        end as disposition,
        cast(null as string) as detail
    from versions
    cross join parameters

)

select * from final
