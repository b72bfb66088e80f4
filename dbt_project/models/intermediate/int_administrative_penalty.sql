with

versions as (

    select * from {{ ref('int_administrative_penalty_versions') }}

),

conducts as (

    select * from {{ ref('conduct_codes') }}

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

judged as (

    select
        versions.*,
        coalesce(objections.is_deleted, false) as is_deleted,
        case
            {{ common_dispositions('versions') }}
            when versions.party_kind = '自然人' or conducts.clause = 2
                then 'person_subject_out_of_scope'
            when versions.conduct_code = '000' then 'conduct_out_of_scope'
            when {{ outside_epidemic_period('versions.decision_date') }}
                then 'outside_epidemic_period'
            when versions.finality <> '已生效' then 'not_final'
            when versions.procedure = '01' then 'simple_procedure'
            when
                parameters.as_of_date
                >= {{ add_years(
                    'versions.decision_date', 'parameters.retention_years'
                ) }}
                and severe_listed_subjects.subject_id is null
                then 'retention_expired'
            else 'used'
        end as disposition_but_for_objection
    from versions
    cross join parameters
    left join conducts
        on versions.conduct_code = conducts.conduct_code
    left join objections
        on
            versions.subject_id = objections.subject_id
            and versions.document_no = objections.document_no
    left join severe_listed_subjects
        on versions.subject_id = severe_listed_subjects.subject_id

),

final as (

    select
        judged.*,
        case
            when version_disposition is null and is_deleted then 'withdrawn'
            else disposition_but_for_objection
        end as disposition,
        cast(null as string) as detail
    from judged

)

select * from final
