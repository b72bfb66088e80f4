with

deliveries as (

    select * from {{ ref('stg_enterprise_register') }}

),

versions as (

    select
        deliveries.*,
        {{ register_version_disposition('standing') }} as version_disposition
    from deliveries
    window standing as (
        {{ register_standing_window() }}
    )

),

final as (

    select
        versions.*,
        versions.uscc as subject_id,
        'uscc' as match_method,
        versions.enterprise_name as subject_name_delivered
    from versions

)

select * from final
