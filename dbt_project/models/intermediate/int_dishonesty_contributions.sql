{{ config(materialized='view') }}

with

dishonesty_records as (

    select * from {{ ref('dishonesty_records') }}

),

conducts as (

    select * from {{ ref('conduct_codes') }}

),

population as (

    select * from {{ ref('int_evaluated_enterprises') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

periods as (

    select
        records.subject_id,
        records.document_no,
        records.record_id,
        records.decision_date,
        {{ add_years('records.decision_date', 'parameters.retention_years') }}
            as forgotten_on,
        parameters.as_of_date,
        conducts.evaluation_points * case records.severity
            when 'specially_serious' then 3
            when 'serious' then 2
            else 1
        end as full_points
    from dishonesty_records as records
    cross join parameters
    inner join conducts
        on records.conduct_code = conducts.conduct_code
    inner join population
        on records.subject_id = population.subject_id
    where records.repaired_on is null

),

-- A deduction fades with the days that remain until the record is forgotten.
measured as (

    select
        subject_id,
        document_no,
        record_id,
        full_points,
        {{ days_between('decision_date', 'forgotten_on') }} as total_days,
        greatest(
            {{ days_between('as_of_date', 'forgotten_on') }}, 0
        ) as remaining_days
    from periods

),

weighed as (

    select
        subject_id,
        document_no,
        record_id,
        {{ integer_division('100 * full_points * remaining_days', 'total_days') }}
            as deduction
    from measured

),

-- One document is one act, however many rows deliver it.
ranked as (

    select
        weighed.*,
        row_number() over (
            partition by subject_id, document_no
            order by deduction desc nulls last, record_id asc nulls last
        ) as deduction_rank
    from weighed

),

final as (

    select
        subject_id,
        'N02' as indicator_code,
        record_id,
        -deduction as hundredths
    from ranked
    where deduction_rank = 1

)

select * from final
