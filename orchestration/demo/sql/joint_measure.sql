-- Two punishments for each determination, incentives for who gave; few that go too far.
with

punishments as (
    select
        i * 8 + k as n,
        delivered_on,
        uscc,
        determination_no as list_determination_no,
        pick(['D01', 'D02', 'D03', 'D04', 'D06', 'D07'], 'punishment', i * 8 + k) as measure_code,
        1 + roll('level', i * 8 + k, 2) as legal_basis_level,
        decision_date - 15 as notified_on,
        coalesce(listed_on, decision_date) + 1 as started_on,
        coalesce(listed_on, decision_date) + 330 as ended_on,
    from severe_dishonesty_determination
    cross join unnest(range(2)) as counted (k)
    where decision_date is not null
),

incentives as (
    select
        n * 8 + 4,
        weekly_from(least(donated_on + 25, getvariable('last'))),
        uscc,
        null,
        pick(['I01', 'I02', 'I03'], 'incentive', n),
        5,
        null,
        least(coalesce(certified_on, donated_on) + 1, delivered_on),
        null,
    from direct_donation
    where one_in('incentive', n, 2)
),

measures as (
    select * from punishments
    union all
    select * from incentives
)

select
    *,
    pick(['development_reform', 'finance', 'market_regulation', 'market_regulation'], 'measure unit', n)
    as unit_code,
    'CS2020' || n as measure_no,
    '浙江省公共信用信息管理条例' as legal_basis,
    pick(['省财政厅', '省市场监管局', '省公共资源交易中心', '省税务局'], 'executing', n) as executing_unit,
from measures
where delivered_on >= started_on
