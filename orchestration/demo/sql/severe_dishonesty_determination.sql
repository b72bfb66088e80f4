with

determined as (
    select
        *,
        weekly_day('determination day', i) as delivered_on,
        roll('due process', i, 20) as process_roll,
    from organisation
    where roll('severe', i, 10000) < 28
),

dated as (
    select *, delivered_on - (3 + roll('determination lag', i, 300)) as decision_date
    from determined
)

select
    i,
    pick(['development_reform', 'market_regulation', 'market_regulation'], 'severe unit', i)
    as unit_code,
    delivered_on,
    i as n,
    '浙严认〔2020〕' || i || '号' as determination_no,
    enterprise_name,
    uscc,
    if(process_roll = 0, null, pick(['G1', 'G2', 'G3', 'G4'], 'ground', i)) as ground_code,
    if(process_roll = 1, null, decision_date) as decision_date,
    yes_no(process_roll <> 2) as signed_by_head,
    if(process_roll = 3, null, decision_date - 15) as notified_on,
    if(process_roll = 4, null, pick(['无陈述申辩', '已听取未采纳', '已听取部分采纳'], 'defence', i))
    as defence_handled,
    if(one_in('listed later', i, 4), decision_date + 2, null) as listed_on,
    pick([12, 24, 36], 'months', i) as months,
    if(one_in('delisted early', i, 15), decision_date + 200, null) as delisted_on,
from dated
