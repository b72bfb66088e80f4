-- The sheet of a charity: registered donors, donors from elsewhere, persons, and transfer texts
-- with a person's name in front of a firm's. Its own serial numbers have gaps.
with

donors as (
    select
        *,
        delivery_day('charity day', i) as delivered_on,
        roll('donor', i, 100) as donor_roll,
    from organisation
    where roll('charity', i, 1000000) < getvariable('charity_ppm')
),

final as (
    select
        *,
        case
            when donor_roll < 45 then enterprise_name
            when donor_roll < 50 then replace(replace(enterprise_name, '（', '('), '）', ')') || chr(9)
            when donor_roll < 70
                then pick(['长沙市', '深圳市', '武汉市', '河南', '湖北', '广州市', '北京'], 'elsewhere', i)
                || pick(getvariable('brand_second'), 'brand', i)
                || pick(getvariable('brand_first'), 'brand', i)
                || pick(getvariable('industries'), 'industry', i) || '有限公司'
            when donor_roll < 76
                then person_name('transfer', i) || '转来' || enterprise_name || '全体员工捐款' || chr(9)
            when donor_roll < 88 then person_name('donor', i)
            else pick(['张某某', '李某' || chr(9), '爱心人士', '无名氏'], 'donor', i)
        end as donor_name,
    from donors
)

select
    'civil_affairs' as unit_code,
    delivered_on,
    i as n,
    1 + i % 100000 as serial_no,
    strftime(reported_event(delivered_on, roll('charity lag', i, 3)), '%Y.%m.%d') as donated_on,
    donor_name,
    case
        when donor_roll >= 76 then pick(['10', '20', '50', '100', '6.66', '200', '1000'], 'gift', i)
        else pick([
            '500', '2000', '5000', '10000', '20000.50', '50000', '100000', '300000', '1000000'
        ], 'gift', i)
    end as amount_yuan,
    if(one_in('gift remark', i, 6), '定向用于疫情防控', null) as remarks,
from final
