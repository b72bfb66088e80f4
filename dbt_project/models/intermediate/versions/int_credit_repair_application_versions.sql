with

deliveries as (

    select * from {{ ref('stg_credit_repair_application') }}

),

repeated as (

    {{ repeated_rows() }}

),

registered as (

    select * from {{ ref('int_registered_organisations') }}

),

versions as (

    select
        deliveries.*,
        {{ version_disposition() }} as version_disposition
    from deliveries
    {{ joins_repeated() }}

),

final as (

    select
        versions.*,
        versions.uscc as subject_id,
        {{ uscc_match_method('registered.uscc') }} as match_method,
        versions.enterprise_name as subject_name_delivered
    from versions
    left join registered
        on versions.uscc = registered.uscc

)

select * from final
