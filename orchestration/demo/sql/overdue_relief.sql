-- Relief for the overdue records of the epidemic, by the bank's own record number.
with

overdue as (
    select *
    from regular_indicator
    where
        indicator = 'bank_overdue'
        and recorded_on >= getvariable('epidemic_start')
        and roll('relief', n, 100) < 45
)

select
    pick(
        ['pboc_hangzhou', 'banking_insurance', 'banking_insurance', 'local_finance', 'development_reform'],
        'relief unit', n
    ) as unit_code,
    weekly_from(least(delivered_on + 5 + roll('relief lag', n, 10), getvariable('last')))
    as delivered_on,
    n,
    record_no as overdue_record_no,
    uscc,
    pick(getvariable('banks'), 'relief bank', n) as institution,
    recorded_on as overdue_on,
    if(roll('recognised', n, 10) < 9, recorded_on + roll('recognised lag', n, 5), null)
    as recognised_on,
    pick(['暂缓报送', '已报送调整'], 'relief action', n) as action,
from overdue
