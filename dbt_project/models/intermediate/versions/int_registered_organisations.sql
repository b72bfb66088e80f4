with

register_versions as (

    select * from {{ ref('int_enterprise_register_versions') }}

),

standing as (

    select
        uscc,
        -- Characters 9 to 17 of the code are the organisation code (GB 32100-2015).
        substr(uscc, 9, 9) as org_code,
        enterprise_name,
        enterprise_name_cleaned,
        established_on,
        register_status
    from register_versions
    where version_disposition is null

),

final as (

    select
        standing.*,
        count(*) over (partition by org_code) = 1 as is_org_code_unique,
        count(*) over (partition by enterprise_name_cleaned) = 1 as is_name_unique
    from standing

)

select * from final
