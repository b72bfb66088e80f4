with

versions as (

    select * from {{ ref('int_social_order_case_versions') }}

),

objections as (

    select * from {{ ref('int_objections') }}

),

severe_listed_subjects as (

    select * from {{ ref('int_severe_listed_subjects') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

-- An objection names the case by either of its documents.
objected as (

    select
        versions.*,
        coalesce(to_penalty.is_deleted, false)
        or coalesce(to_determination.is_deleted, false) as is_deleted,
        {{ has_open_objection('to_penalty', 'versions.delivery_date') }}
        or {{ has_open_objection('to_determination', 'versions.delivery_date') }}
            as has_open_objection
    from versions
    left join objections as to_penalty
        on
            versions.subject_id = to_penalty.subject_id
            and versions.penalty_document_no = to_penalty.document_no
    left join objections as to_determination
        on
            versions.subject_id = to_determination.subject_id
            and versions.determination_no = to_determination.document_no

),

final as (

    select
        objected.*,
        case
            {{ common_dispositions('objected') }}
            when objected.is_deleted then 'withdrawn'
            when {{ outside_epidemic_period('objected.determined_on') }}
                then 'outside_epidemic_period'
            when objected.finality <> '已生效' then 'not_final'
            when
                parameters.as_of_date
                >= {{ add_years(
                    'objected.determined_on', 'parameters.retention_years'
                ) }}
                and severe_listed_subjects.subject_id is null
                then 'retention_expired'
            else 'used'
        end as disposition,
        cast(null as string) as detail
    from objected
    cross join parameters
    left join severe_listed_subjects
        on objected.subject_id = severe_listed_subjects.subject_id

)

select * from final
