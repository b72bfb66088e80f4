with

deliveries as (

    select * from {{ ref('stg_social_order_case') }}

),

repeated as (

    {{ repeated_rows() }}

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
        versions.person_key as subject_id,
        'person' as match_method,
        versions.person_name as subject_name_delivered
    from versions

)

select * from final
