-- Determinations about made-up persons, most by the police, some by the cities' health-code leads.
with

persons as (
    select *
    from organisation
    where roll('social order', i, 1000) < 9
),

drawn as (
    select
        *,
        delivery_day('case day', i) as delivered_on,
        pick(['S10', 'S10', 'S20', 'S30', 'S30', 'H01', 'H01', 'H01'], 'case conduct', i)
        as conduct_code,
    from persons
    where city_code between '3301' and '3311'
)

select
    i,
    i as n,
    if(conduct_code = 'H01', 'health_code_' || city_code, 'public_security') as unit_code,
    delivered_on,
    city_name || '疫信认〔2020〕' || i || '号' as determination_no,
    city_name || '公行罚决字〔2020〕' || i || '号' as penalty_document_no,
    person_name('case', i) as person_name,
    '01' as id_kind,
    identity_number('case', i) as id_number,
    conduct_code,
    reported_event(delivered_on, 1 + roll('case lag', i, 9)) as determined_on,
    city_code,
    city_name || if(conduct_code = 'H01', '市健康码牵头部门', '市公安局') as authority_name,
    if(roll('case finality', i, 100) < 94, '已生效', '复议诉讼中') as finality,
    if(one_in('employer', i, 2), enterprise_name, null) as employer_name,
    if(one_in('employer', i, 2), uscc, null) as employer_uscc,
from drawn
