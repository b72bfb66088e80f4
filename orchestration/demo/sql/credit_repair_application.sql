-- Applications for the penalties of the block: most once the three months are over, some too early.
with

applied as (
    select
        *,
        decision_date
        + if(one_in('early repair', n, 6), 20 + roll('repair lag', n, 60), 93 + roll('repair lag', n, 110))
        as accepted_on,
    from administrative_penalty
    where
        uscc is not null
        and decision_date >= getvariable('epidemic_start')
        and roll('repair', n, 100) < 22
),

handled as (
    select
        *,
        accepted_on + least(roll('repair work', n, 4), roll('repair work', n + 1, 16))
        as completed_on,
    from applied
),

final as (
    select
        *,
        completed_on <= getvariable('last') and not one_in('repair open', n, 12) as is_completed,
    from handled
    where accepted_on <= getvariable('last')
)

select
    'development_reform' as unit_code,
    delivery_from(if(is_completed, completed_on, accepted_on)) as delivered_on,
    n,
    'XF2020' || n as application_no,
    party_name as enterprise_name,
    uscc,
    document_no,
    pick(['信用中国', '信用浙江'], 'site', n) as site,
    accepted_on || ' ' || lpad(cast(8 + roll('hour', n, 3) as varchar), 2, '0') || ':30:00' as accepted_at,
    if(is_completed, completed_on || ' ' || (13 + roll('hour', n, 4)) || ':05:00', null)
    as completed_at,
    if(is_completed, if(roll('agreed', n, 100) < 85, '同意', '不同意'), null) as result,
    yes_no(roll('commitment', n, 100) < 96) as has_commitment,
    yes_no(roll('performed', n, 100) < 96) as has_performed,
    yes_no(one_in('training', n, 2)) as has_training,
    yes_no(one_in('report', n, 2)) as has_report,
from final
