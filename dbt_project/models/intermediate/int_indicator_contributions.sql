{{ config(materialized='view') }}

with

indicators as (

    select * from {{ ref('int_regular_indicator') }}

),

population as (

    select * from {{ ref('int_evaluated_enterprises') }}

),

accepted_reliefs as (

    select * from {{ ref('int_accepted_reliefs') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

known as (

    select
        indicators.record_id,
        indicators.subject_id,
        indicators.indicator,
        indicators.value,
        indicators.record_no,
        indicators.recorded_on,
        parameters.as_of_date
        < {{ add_years('indicators.recorded_on', 'parameters.retention_years') }}
            as is_retained
    from indicators
    cross join parameters
    inner join population
        on indicators.subject_id = population.subject_id
    where
        indicators.disposition = 'used'
        and indicators.recorded_on <= parameters.as_of_date

),

ranked_grades as (

    select
        record_id,
        subject_id,
        indicator,
        value,
        row_number() over (
            partition by subject_id, indicator
            order by
                recorded_on desc nulls last,
                record_no desc nulls last,
                record_id desc nulls last
        ) as grade_rank
    from known
    where indicator in ('tax_grade', 'labour_grade', 'environment_grade')

),

grades as (

    select
        subject_id,
        case indicator
            when 'tax_grade' then 'B02'
            when 'labour_grade' then 'B03'
            else 'B05'
        end as indicator_code,
        record_id,
        case indicator
            when 'tax_grade'
                then case value
                    when 'A' then 20000
                    when 'B' then 18000
                    when 'M' then 16500
                    when 'C' then 12000
                    when 'D' then 6000
                end
            when 'labour_grade'
                then case value
                    when 'A' then 20000
                    when 'B' then 17000
                    when 'C' then 8000
                end
            else
                case value
                    when '绿' then 14000
                    when '蓝' then 12000
                    when '黄' then 10000
                    when '红' then 8000
                    when '黑' then 6000
                end
        end as hundredths
    from ranked_grades
    where grade_rank = 1

),

-- What the bank may not report against a protected borrower weighs nothing.
deductions as (

    select
        known.subject_id,
        case known.indicator
            when 'bank_overdue' then 'N01'
            when 'unperformed_judgment' then 'N03'
            when 'wage_arrears' then 'N04'
            when 'safety_record' then 'N05'
        end as indicator_code,
        known.record_id,
        case known.indicator
            when 'bank_overdue' then -2000
            when 'unperformed_judgment' then -6000
            when 'wage_arrears' then -4000
            when 'safety_record' then -4000
        end as hundredths
    from known
    left join accepted_reliefs
        on
            known.subject_id = accepted_reliefs.subject_id
            and known.indicator = accepted_reliefs.indicator
            and known.record_no = accepted_reliefs.overdue_record_no
    where
        known.is_retained
        and known.indicator in (
            'bank_overdue', 'unperformed_judgment', 'wage_arrears', 'safety_record'
        )
        and accepted_reliefs.subject_id is null

),

final as (

    select * from grades
    union all
    select * from deductions

)

select * from final
