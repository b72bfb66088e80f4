with

loans as (
    select
        organisation.*,
        i * 64 + k as n,
    from organisation
    cross join unnest(range(
        getvariable('loans_ppm') // 1000000
        + if(roll('loan', i, 1000000) < getvariable('loans_ppm') % 1000000, 1, 0)
    )) as counted (k)
),

drawn as (
    select
        *,
        delivery_day('loan day', n) as delivered_on,
        roll('loan unit', n, 100) as unit_roll,
    from loans
)

select
    case
        when unit_roll < 60 then 'banking_insurance'
        when unit_roll < 98 then 'local_finance'
        else 'development_reform'
    end as unit_code,
    delivered_on,
    n,
    'XYD2020' || n as loan_no,
    uscc,
    pick(getvariable('banks'), 'bank', n) as bank_name,
    if(city_code between '3301' and '3311', city_code, '3301') as city_code,
    reported_event(delivered_on, 1 + roll('loan lag', n, 10)) as granted_on,
    cast((5 + roll('loan amount', n, 60) * roll('loan amount', n + 1, 20)) as decimal(18, 4))
    as amount_yuan,
    yes_no(roll('credit loan', n, 100) < 45) as is_credit_loan,
    cast(3.05 + roll('rate', n, 345) / 100.0 as decimal(6, 4)) as annual_rate_pct,
    yes_no(roll('compensated', n, 100) < 20) as is_risk_compensated,
from drawn
