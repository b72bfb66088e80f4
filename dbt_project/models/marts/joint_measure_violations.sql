with

measures as (

    select * from {{ ref('int_joint_measure') }}

),

measure_codes as (

    select * from {{ ref('measures') }}

),

severe_listings as (

    select * from {{ ref('int_severe_listings') }}

),

positive_records as (

    select * from {{ ref('positive_records') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

used_measures as (

    select
        measures.record_id,
        measures.subject_id,
        measures.list_determination_no,
        cast(measures.legal_basis_level as bigint) as legal_basis_level,
        measures.notified_on,
        measures.started_on,
        measures.ended_on,
        coalesce(measures.ended_on, parameters.as_of_date) as running_until,
        measures.match_method,
        measure_codes.measure_kind,
        cast(measure_codes.weakest_legal_basis as bigint) as weakest_legal_basis,
        measure_codes.max_months,
        coalesce(measure_codes.is_published, false) as is_published
    from measures
    cross join parameters
    left join measure_codes
        on measures.measure_code = measure_codes.measure_code
    where measures.disposition = 'used'

),

-- the determination that the measure names, if it is this subject's
named_listings as (

    select
        used_measures.record_id,
        max(severe_listings.exits_on) as latest_exits_on,
        bool_or(
            severe_listings.listed_on <= used_measures.started_on
            and used_measures.started_on < severe_listings.exits_on
        ) as is_listed_at_start
    from used_measures
    inner join severe_listings
        on
            used_measures.subject_id = severe_listings.subject_id
            and used_measures.list_determination_no
            = severe_listings.determination_no
    group by used_measures.record_id

),

on_severe_list_at_start as (

    select distinct used_measures.record_id
    from used_measures
    inner join severe_listings
        on
            used_measures.subject_id = severe_listings.subject_id
            and severe_listings.listed_on <= used_measures.started_on
            and used_measures.started_on < severe_listings.exits_on

),

first_honours as (

    select
        subject_id,
        min(recognised_on) as first_recognised_on
    from positive_records
    group by subject_id

),

tested as (

    select
        used_measures.*,
        named_listings.latest_exits_on,
        coalesce(named_listings.is_listed_at_start, false) as is_listed_at_start,
        on_severe_list_at_start.record_id is not null as is_on_severe_list_at_start,
        coalesce(
            first_honours.first_recognised_on <= used_measures.started_on, false
        ) as has_positive_record_at_start
    from used_measures
    left join named_listings
        on used_measures.record_id = named_listings.record_id
    left join on_severe_list_at_start
        on used_measures.record_id = on_severe_list_at_start.record_id
    left join first_honours
        on used_measures.subject_id = first_honours.subject_id

),

-- a measure that no list publishes breaks V1 and is tested no further
published as (

    select tested.*, parameters.as_of_date
    from tested
    cross join parameters
    where tested.is_published

),

punishments as (

    select * from published
    where measure_kind = 'punishment'

),

final as (

    select record_id, 'V1' as rule_code from tested
    where not is_published

    union all

    select record_id, 'V2' as rule_code from punishments
    where not is_listed_at_start

    union all

    select record_id, 'V3' as rule_code from published
    where legal_basis_level > weakest_legal_basis

    union all

    select record_id, 'V4' as rule_code from punishments
    where notified_on is null or notified_on > started_on

    union all

    select record_id, 'V5' as rule_code from punishments
    where
        latest_exits_on <= as_of_date
        and (ended_on is null or ended_on > latest_exits_on)

    union all

    select record_id, 'V6' as rule_code from published
    where running_until > {{ add_months('started_on', 'max_months') }}

    union all

    select record_id, 'V7' as rule_code from published
    where
        measure_kind = 'incentive'
        and (is_on_severe_list_at_start or not has_positive_record_at_start)

    union all

    select record_id, 'V8' as rule_code from published
    where match_method = 'uscc_unregistered'

)

select * from final
