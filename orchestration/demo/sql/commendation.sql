with

honoured as (
    select
        *,
        weekly_day('commendation day', i) as delivered_on,
        roll('issuer', i, 10) as issuer_roll,
        one_in('honoured person', i, 4) as is_person,
    from organisation
    where roll('commendation', i, 1000) < 4 and register_status = '存续'
)

select
    case
        when issuer_roll < 1 then 'party_office'
        when issuer_roll < 3 then 'government_office'
        else 'city_' || city_code
    end as unit_code,
    delivered_on,
    i as n,
    if(issuer_roll < 3, '浙政发', city_name || '政发') || '〔2020〕' || (1 + i % 40) || '号'
    as document_no,
    reported_event(delivered_on, 4 + roll('commendation lag', i, 20)) as commended_on,
    if(issuer_roll < 3, '浙江省人民政府', city_name || '市人民政府') as issuer_name,
    case
        when issuer_roll < 3 then '省级'
        when issuer_roll < 9 then '设区市级'
        else '县级'
    end as issuer_level,
    pick(['人民政府', '人民政府', '党委和人民政府', '党委和人民政府', '部门'], 'issuer kind', i)
    as issuer_kind,
    yes_no(roll('epidemic honour', i, 10) < 9) as is_epidemic,
    case
        when is_person then '自然人'
        when class_code in ('91', '93') then '企业'
        else '其他法人'
    end as subject_kind,
    if(is_person, person_name('honoured', i), enterprise_name) as subject_name,
    if(is_person, null, uscc) as uscc,
    if(is_person, '01', null) as id_kind,
    if(is_person, identity_number('honoured', i), null) as id_number,
    pick(['抗击新冠肺炎疫情先进集体', '疫情防控突出贡献企业', '最美抗疫人物'], 'honour', i) as honour,
from honoured
where city_code between '3301' and '3311'
