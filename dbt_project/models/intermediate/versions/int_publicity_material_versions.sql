with

deliveries as (

    select * from {{ ref('stg_publicity_material') }}

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

-- A natural person's material carries no identity: it stays without a subject.
final as (

    select
        versions.*,
        case when versions.subject_kind <> '自然人' then versions.uscc end as subject_id,
        case
            when versions.subject_kind = '自然人' then 'person'
            when versions.uscc is null then 'unresolved'
            else {{ uscc_match_method('registered.uscc') }}
        end as match_method,
        versions.subject_name as subject_name_delivered
    from versions
    left join registered
        on versions.uscc = registered.uscc

)

select * from final
