with

deliveries as (

    select * from {{ ref('stg_enterprise_register') }}

),

repeated as (

    {{ repeated_register_rows() }}

),

-- The long texts that no rule reads stay behind.
versions as (

    select
        deliveries.item_code,
        deliveries.unit_code,
        deliveries.record_id,
        deliveries.version,
        deliveries.operation,
        deliveries.delivery_date,
        deliveries.source_file,
        deliveries.file_name,
        deliveries.source_row,
        deliveries.is_code_repaired,
        deliveries.enterprise_name,
        deliveries.uscc,
        deliveries.established_on,
        deliveries.register_status,
        deliveries.enterprise_name_cleaned,
        repeated.version_disposition
    from deliveries
    {{ joins_repeated() }}

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
