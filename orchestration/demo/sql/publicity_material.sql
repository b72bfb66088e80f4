-- Bad examples follow from the penalties, good ones from the donations of the block.
with

typical_cases as (
    select
        n * 2 as n,
        weekly_from(least(decision_date + 30, getvariable('last'))) as delivered_on,
        'big_data' as unit_code,
        '失信典型案例' as kind,
        if(party_kind = '法人及非法人组织', '企业', '其他法人') as subject_kind,
        party_name as subject_name,
        uscc,
        document_no,
        '疫情防控失信典型案例：' || party_name as title,
        '当事人因“' || violation_type || '”被依法处罚。' as summary,
    from administrative_penalty
    where
        uscc is not null
        and party_kind <> '自然人'
        and decision_date >= getvariable('epidemic_start')
        and one_in('typical case', n, 25)
),

role_models as (
    select
        n * 2 + 1,
        weekly_from(least(donated_on + 20, getvariable('last'))),
        pick(['publicity_department', 'development_reform'], 'publisher', n),
        pick(['防疫先进事迹', '诚实守信事迹'], 'role model kind', n),
        '企业',
        enterprise_name,
        uscc,
        null,
        enterprise_name || '捐赠抗疫事迹',
        '该企业向' || recipient || '捐赠，支援疫情防控。',
    from direct_donation
    where one_in('role model', n, 7)
),

materials as (
    select * from typical_cases
    union all
    select * from role_models
)

select
    *,
    'XC2020' || n as material_no,
    delivered_on + roll('release', n, 5) as released_on,
    cast(null as varchar) as has_consent,
from materials
