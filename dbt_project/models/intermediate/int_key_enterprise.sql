{{ config(materialized='view') }}

with

versions as (

    select * from {{ ref('int_key_enterprise_versions') }}

),

final as (

    select
        versions.*,
        case
            {{ common_dispositions('versions') }}
            else 'used'
        end as disposition,
        cast(null as string) as detail
    from versions

)

select * from final
