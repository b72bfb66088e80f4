with

subjects as (

    select * from {{ ref('int_subjects') }}

),

register as (

    select * from {{ ref('int_enterprise_register') }}

),

scales as (

    select * from {{ ref('int_enterprise_scale') }}

),

indicators as (

    select * from {{ ref('int_regular_indicator') }}

),

accepted_reliefs as (

    select * from {{ ref('int_accepted_reliefs') }}

),

dishonesty as (

    select * from {{ ref('dishonesty_records') }}

),

severe_list as (

    select * from {{ ref('severe_dishonesty_list') }}

),

positive_records as (

    select * from {{ ref('positive_records') }}

),

dispositions as (

    select * from {{ ref('record_disposition') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

registered as (

    select subject_id from subjects
    where is_registered

),

ranked_scales as (

    select
        scales.subject_id,
        scales.record_id,
        scales.item_code,
        scales.delivery_date,
        row_number() over (
            partition by scales.subject_id
            order by
                scales.year desc nulls last,
                scales.delivery_date desc nulls last,
                scales.record_id desc nulls last
        ) as scale_rank
    from scales
    inner join registered
        on scales.subject_id = registered.subject_id
    cross join parameters
    where
        scales.disposition = 'used'
        and scales.year <= extract(year from parameters.as_of_date)

),

used_indicators as (

    select
        indicators.subject_id,
        indicators.record_id,
        indicators.item_code,
        indicators.delivery_date,
        indicators.indicator,
        indicators.record_no,
        indicators.recorded_on,
        {{ add_years('indicators.recorded_on', 'parameters.retention_years') }}
            as stands_until,
        parameters.as_of_date
    from indicators
    cross join parameters
    where
        indicators.disposition = 'used'
        and indicators.recorded_on <= parameters.as_of_date

),

ranked_grades as (

    select
        used_indicators.subject_id,
        used_indicators.record_id,
        used_indicators.item_code,
        used_indicators.delivery_date,
        used_indicators.recorded_on,
        row_number() over (
            partition by used_indicators.subject_id, used_indicators.indicator
            order by
                used_indicators.recorded_on desc nulls last,
                used_indicators.record_no desc nulls last,
                used_indicators.record_id desc nulls last
        ) as grade_rank
    from used_indicators
    inner join registered
        on used_indicators.subject_id = registered.subject_id
    where
        used_indicators.indicator in (
            'tax_grade', 'labour_grade', 'environment_grade'
        )

),

negative_indicators as (

    select
        used_indicators.subject_id,
        used_indicators.record_id,
        used_indicators.item_code,
        used_indicators.delivery_date,
        used_indicators.recorded_on,
        used_indicators.stands_until
    from used_indicators
    left join accepted_reliefs
        on
            used_indicators.subject_id = accepted_reliefs.subject_id
            and used_indicators.indicator = accepted_reliefs.indicator
            and used_indicators.record_no = accepted_reliefs.overdue_record_no
    where
        used_indicators.indicator in (
            'bank_overdue', 'unperformed_judgment', 'wage_arrears', 'safety_record'
        )
        and used_indicators.as_of_date < used_indicators.stands_until
        and accepted_reliefs.subject_id is null

),

-- what marts say of records, without the row of the delivery behind them
listed as (

    select
        subject_id,
        'negative' as part,
        record_id,
        decision_date as recognised_on,
        retention_until as stands_until,
        repaired_on is not null as is_repaired
    from dishonesty

    union all

    select
        severe_list.subject_id,
        'negative' as part,
        severe_list.record_id,
        severe_list.listed_on as recognised_on,
        severe_list.exits_on as stands_until,
        false as is_repaired
    from severe_list
    cross join parameters
    where parameters.as_of_date < severe_list.exits_on

    union all

    select
        subject_id,
        'positive' as part,
        record_id,
        recognised_on,
        cast(null as date) as stands_until,
        false as is_repaired
    from positive_records

),

final as (

    select
        subject_id,
        'basic' as part,
        record_id,
        item_code,
        established_on as recognised_on,
        cast(null as date) as stands_until,
        false as is_repaired,
        delivery_date as archived_on
    from register
    where disposition = 'used'

    union all

    select
        subject_id,
        'basic' as part,
        record_id,
        item_code,
        cast(null as date) as recognised_on,
        cast(null as date) as stands_until,
        false as is_repaired,
        delivery_date as archived_on
    from ranked_scales
    where scale_rank = 1

    union all

    select
        subject_id,
        'basic' as part,
        record_id,
        item_code,
        recorded_on as recognised_on,
        cast(null as date) as stands_until,
        false as is_repaired,
        delivery_date as archived_on
    from ranked_grades
    where grade_rank = 1

    union all

    select
        subject_id,
        'negative' as part,
        record_id,
        item_code,
        recorded_on as recognised_on,
        stands_until,
        false as is_repaired,
        delivery_date as archived_on
    from negative_indicators

    union all

    -- of each record exactly one version stands, the one that is used
    select
        listed.subject_id,
        listed.part,
        listed.record_id,
        dispositions.item_code,
        listed.recognised_on,
        listed.stands_until,
        listed.is_repaired,
        dispositions.delivery_date as archived_on
    from listed
    inner join dispositions
        on
            listed.record_id = dispositions.record_id
            and dispositions.disposition = 'used'

)

select * from final
