with

population as (

    select * from {{ ref('int_evaluated_enterprises') }}

),

contributions as (

    select * from {{ ref('int_evaluation_contributions') }}

),

evaluation_indicators as (

    select * from {{ ref('evaluation_indicators') }}

),

evaluation_dimensions as (

    select * from {{ ref('evaluation_dimensions') }}

),

evaluation_grades as (

    select * from {{ ref('evaluation_grades') }}

),

severe_listed_subjects as (

    select * from {{ ref('int_severe_listed_subjects') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

-- The ranges of all indicators, then of all dimensions, in hundredths in one row.
indicator_bounds as (

    select
        {{ bounds_of(evaluation_indicators_in_order(), 'indicator_code') }}
    from evaluation_indicators

),

dimension_bounds as (

    select
        {{ bounds_of(evaluation_dimensions_in_order(), 'dimension_code') }}
    from evaluation_dimensions

),

contributed as (

    select
        subject_id,
        {{ contributed_sums(evaluation_indicators_in_order()) }}
    from contributions
    group by subject_id

),

-- What stands without any record: the years in business, and the middle of each grade.
based as (

    select
        population.subject_id,
        case
            when {{ add_years('population.established_on', 10) }} <= as_of_date
                then 10000
            when {{ add_years('population.established_on', 5) }} <= as_of_date
                then 9000
            when {{ add_years('population.established_on', 2) }} <= as_of_date
                then 8000
            else 6000
        end as b01,
        coalesce(contributed.b02, 16500) as b02,
        coalesce(contributed.b03, 17000) as b03,
        30000 as b04,
        coalesce(contributed.b05, 12000) as b05,
        {{ columns_or_zero('contributed', evaluation_indicators_in_order('NE')) }}
    from population
    cross join parameters
    left join contributed
        on population.subject_id = contributed.subject_id

),

indicator_points as (

    select
        based.subject_id,
        {{ clamped('based', evaluation_indicators_in_order()) }}
    from based
    cross join indicator_bounds as bounds

),

-- The additions are capped together, at 60 points.
dimension_sums as (

    select
        subject_id,
        b01 as d1,
        b02 + n01 as d2,
        b03 + n04 as d3,
        b04 + n02 + n03 + n05 as d4,
        b05 + least(e01 + e02 + e03 + e04, 6000) as d5
    from indicator_points

),

dimension_points as (

    select
        dimension_sums.subject_id,
        {{ clamped('dimension_sums', evaluation_dimensions_in_order()) }}
    from dimension_sums
    cross join dimension_bounds as bounds

),

grade_ranges as (

    select
        grade,
        100 * min_points as lowest,
        lead(100 * min_points) over (order by min_points asc nulls last)
            as lowest_of_next
    from evaluation_grades

),

scored as (

    select
        dimension_points.*,
        d1 + d2 + d3 + d4 + d5 as score
    from dimension_points

),

graded as (

    select
        scored.*,
        severe_listed_subjects.subject_id is not null as is_overridden,
        case
            when severe_listed_subjects.subject_id is not null then 'D'
            else grade_ranges.grade
        end as grade
    from scored
    inner join grade_ranges
        on
            scored.score >= grade_ranges.lowest
            and (
                grade_ranges.lowest_of_next is null
                or scored.score < grade_ranges.lowest_of_next
            )
    left join severe_listed_subjects
        on scored.subject_id = severe_listed_subjects.subject_id

),

final as (

    select
        population.subject_id,
        population.subject_name,
        population.city_code,
        {{ points('graded.score') }} as score,
        graded.grade,
        evaluation_grades.grade_name,
        case when graded.is_overridden then 'severe_dishonesty_list' end
            as override_reason,
        {{ points('graded.d1') }} as d1_points,
        {{ points('graded.d2') }} as d2_points,
        {{ points('graded.d3') }} as d3_points,
        {{ points('graded.d4') }} as d4_points,
        {{ points('graded.d5') }} as d5_points,
        parameters.model_version,
        parameters.as_of_date as evaluated_on
    from graded
    cross join parameters
    inner join population
        on graded.subject_id = population.subject_id
    inner join evaluation_grades
        on graded.grade = evaluation_grades.grade

)

select * from final
