with

deliveries as (

    select * from {{ ref('stg_enterprise_register') }}

),

-- The long texts that no rule reads stay behind.
versions as (

    select
        item_code,
        unit_code,
        record_id,
        version,
        operation,
        delivery_date,
        source_file,
        file_name,
        source_row,
        sha256,
        is_code_repaired,
        content_digest,
        enterprise_name,
        uscc,
        established_on,
        enterprise_type,
        province,
        city_name,
        register_status,
        enterprise_name_cleaned,
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
