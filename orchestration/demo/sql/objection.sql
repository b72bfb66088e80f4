with

objected as (
    select
        n, uscc, document_no,
        greatest(delivered_on, decision_date) + 2 + roll('objection lag', n, 20) as accepted_on,
        roll('objection outcome', n, 10) as outcome_roll,
    from administrative_penalty
    where uscc is not null and roll('objection', n, 100) < 4
),

final as (
    select
        *,
        accepted_on + 3 + roll('objection work', n, 15) as resolved_on,
    from objected
    where accepted_on <= getvariable('last')
)

select
    'development_reform' as unit_code,
    delivery_from(
        if(resolved_on <= getvariable('last') and outcome_roll > 2, resolved_on, accepted_on)
    ) as delivered_on,
    n,
    'YY2020' || n as objection_no,
    uscc,
    document_no,
    accepted_on,
    if(resolved_on <= getvariable('last') and outcome_roll > 2, resolved_on, null) as resolved_on,
    if(
        resolved_on <= getvariable('last') and outcome_roll > 2,
        case
            when outcome_roll < 5 then '更正' when outcome_roll < 6 then '删除' else '不成立'
        end,
        null
    ) as outcome,
from final
