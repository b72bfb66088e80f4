with

versions as (

    select * from {{ ref('int_credit_repair_application_versions') }}

),

final as (

    select
        versions.*,
        case
            when version_disposition is not null then version_disposition
            when subject_id is null then 'subject_unresolved'
            else 'used'
        end as disposition,
        {{ no_text() }} as detail
    from versions

)

select * from final
