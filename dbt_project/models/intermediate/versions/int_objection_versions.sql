with

deliveries as (

    select * from {{ ref('stg_objection') }}

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

-- With a code the objection is the organisation's, whatever identity came with it.
final as (

    select
        versions.*,
        coalesce(versions.uscc, versions.person_key) as subject_id,
        case
            when versions.uscc is not null
                then {{ uscc_match_method('registered.uscc') }}
            when versions.person_key is not null then 'person'
            else 'unresolved'
        end as match_method,
        cast(null as string) as subject_name_delivered
    from versions
    left join registered
        on versions.uscc = registered.uscc

)

select * from final
