with

deliveries as (

    select * from {{ ref('stg_charity_donation') }}

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

-- The sheet has no codes: here alone a name may name a subject, and only in its favour.
by_name as (

    select
        enterprise_name_cleaned,
        uscc
    from registered
    where is_name_unique

),

final as (

    select
        versions.*,
        by_name.uscc as subject_id,
        case when by_name.uscc is null then 'unresolved' else 'name' end
            as match_method,
        versions.donor_name as subject_name_delivered
    from versions
    left join by_name
        on versions.donor_name_cleaned = by_name.enterprise_name_cleaned

)

select * from final
