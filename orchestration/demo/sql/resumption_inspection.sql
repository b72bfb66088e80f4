-- As many as the wanted number of records leaves room for. A failed one names a penalty decision
-- where the organisation was punished for a duty of resumption.
with

punished as (
    select
        i,
        min(document_no) as document_no,
        max(decision_date) as decided_on,
    from administrative_penalty
    where conduct_code like 'R%' and party_kind <> '自然人'
    group by i
),

visits as (
    select
        organisation.*,
        i * 64 + k as n,
    from organisation
    cross join unnest(range(
        getvariable('inspections_ppm') // 1000000
        + if(roll('inspected', i, 1000000) < getvariable('inspections_ppm') % 1000000, 1, 0)
    )) as counted (k)
),

drawn as (
    select
        *,
        delivery_day('inspection day', n) as delivered_on,
        roll('inspection unit', n, 100) as unit_roll,
        roll('finding', n, 100) < 6 as is_failed,
    from visits
),

dated as (
    select *, reported_event(delivered_on, roll('inspection lag', n, 6)) as inspected_on
    from drawn
)

select
    case
        when unit_roll < 42 then 'economy_it'
        when unit_roll < 70 then 'commerce'
        when unit_roll < 96 then 'hr_social_security'
        when unit_roll < 98 then 'development_reform'
        else 'health'
    end as unit_code,
    delivered_on,
    n,
    'JC' || n as inspection_no,
    enterprise_name,
    uscc,
    'R0' || (1 + roll('duty', n, 6)) as duty_code,
    inspected_on,
    if(is_failed, '不合格', '合格') as finding,
    if(is_failed and one_in('rectified', n, 2), least(inspected_on + 3, delivered_on), null)
    as rectified_on,
    if(is_failed and decided_on >= inspected_on, document_no, null) as penalty_document_no,
from dated
left join punished using (i)
