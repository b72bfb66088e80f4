with

penalties as (

    select * from {{ ref('int_penalty_facts') }}

),

social_order_cases as (

    select * from {{ ref('int_social_order_case') }}

),

conducts as (

    select * from {{ ref('conduct_codes') }}

),

objections as (

    select * from {{ ref('int_objections') }}

),

repairs as (

    select * from {{ ref('int_repair_decisions') }}

),

severe_listed_subjects as (

    select * from {{ ref('int_severe_listed_subjects') }}

),

subjects as (

    select * from {{ ref('int_subjects') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

records as (

    select
        penalties.record_id,
        penalties.subject_id,
        penalties.clause,
        penalties.conduct_code,
        penalties.conduct_name,
        penalties.unit_code,
        penalties.document_no,
        penalties.penalty_categories,
        penalties.fine_yuan,
        penalties.confiscated_yuan,
        penalties.decision_date,
        penalties.severity,
        penalties.is_public,
        penalties.publish_until,
        {{ has_open_objection('objections', 'penalties.delivery_date') }}
            as has_open_objection,
        cast(null as string) as case_city_code
    from penalties
    left join objections
        on
            penalties.subject_id = objections.subject_id
            and penalties.document_no = objections.document_no
    where penalties.disposition = 'used'
    union all
    select
        social_order_cases.record_id,
        social_order_cases.subject_id,
        conducts.clause,
        social_order_cases.conduct_code,
        conducts.conduct_name,
        social_order_cases.unit_code,
        social_order_cases.penalty_document_no as document_no,
        cast(null as string) as penalty_categories,
        cast(null as decimal(18, 2)) as fine_yuan,
        cast(null as decimal(18, 2)) as confiscated_yuan,
        social_order_cases.determined_on as decision_date,
        'general' as severity,
        false as is_public,
        cast(null as date) as publish_until,
        social_order_cases.has_open_objection,
        social_order_cases.city_code as case_city_code
    from social_order_cases
    inner join conducts
        on social_order_cases.conduct_code = conducts.conduct_code
    where social_order_cases.disposition = 'used'

),

-- A repair holds for every row of its subject and document.
first_repairs as (

    select
        repairs.subject_id,
        repairs.document_no,
        min(repairs.completed_on) as repaired_on
    from repairs
    cross join parameters
    where
        repairs.result = '同意'
        and repairs.channel <> 'ineligible'
        and repairs.completed_on <= parameters.as_of_date
    group by repairs.subject_id, repairs.document_no

),

dated as (

    select
        records.*,
        {{ add_years('records.decision_date', 'parameters.retention_years') }}
            as retained_until,
        {{ add_years(
            'records.decision_date',
            "case when records.severity = 'general' then 1 else 3 end"
        ) }} as disclosed_until
    from records
    cross join parameters

),

bounded as (

    select
        dated.*,
        greatest(
            dated.retained_until,
            coalesce(severe_listed_subjects.latest_exits_on, dated.retained_until)
        ) as retention_until,
        least(
            dated.disclosed_until,
            coalesce(dated.publish_until, dated.disclosed_until)
        ) as disclosure_until
    from dated
    left join severe_listed_subjects
        on dated.subject_id = severe_listed_subjects.subject_id

),

final as (

    select
        ---------- ids
        bounded.record_id,
        bounded.subject_id,
        subjects.subject_name,
        subjects.subject_type,

        ---------- the act and the decision
        bounded.clause,
        bounded.conduct_code,
        bounded.conduct_name,
        bounded.unit_code,
        bounded.document_no,
        bounded.penalty_categories,
        bounded.fine_yuan,
        bounded.confiscated_yuan,
        bounded.decision_date,
        bounded.severity,

        ---------- how long it counts and shows
        bounded.retention_until,
        bounded.disclosure_until,
        first_repairs.repaired_on,
        bounded.has_open_objection,
        subjects.subject_type <> 'person'
        and bounded.is_public
        and parameters.as_of_date <= bounded.disclosure_until
        and first_repairs.repaired_on is null
        and not bounded.has_open_objection as is_disclosable,
        case
            when subjects.subject_type = 'person' then bounded.case_city_code
            else subjects.city_code
        end as city_code
    from bounded
    cross join parameters
    inner join subjects
        on bounded.subject_id = subjects.subject_id
    left join first_repairs
        on
            bounded.subject_id = first_repairs.subject_id
            and bounded.document_no = first_repairs.document_no

)

select * from final
