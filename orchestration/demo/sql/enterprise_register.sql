-- Delivered whole on the first day; then what changed. Equal rows of a day are duplicates,
-- other ones conflict (catalogue section 3).
with

register as (
    select
        *,
        county_name || pick(['解放路', '人民路', '中山路', '建设路', '科技大道', '工业园区'], 'street', i)
        || (1 + roll('house', i, 999)) || '号' as address,
        (5 + roll('capital', i, 200) * 5) || '(万元人民币)' as registered_capital,
    from organisation
),

copies as (
    select register.*, copy.copy
    from register
    cross join (values (0), (1), (2), (3)) as copy (copy)
    where
        copy.copy = 0
        or (copy.copy = 1 and one_in('register twice', i, 400))
        or (copy.copy = 2 and one_in('register conflict', i, 900))
        or (copy.copy = 3 and one_in('register update', i, 70))
),

final as (
    select
        'market_regulation' as unit_code,
        case
            when copy < 3 then getvariable('start')
            else delivery_day('register update day', i)
        end as delivered_on,
        i * 4 + copy as n,
        enterprise_name,
        uscc,
        established_on,
        case class_code
            when '91' then '有限责任公司(自然人投资或控股)'
            when '92' then '个体工商户'
            when '93' then '农民专业合作社'
        end as enterprise_type,
        person_name('head', i) as legal_representative,
        registered_capital,
        case class_code
            when '91' then '一般经营项目：'
                || pick(getvariable('industries'), 'industry', i)
                || '的研发、生产、销售；货物进出口（依法须经批准的项目，经相关部门批准后方可开展经营活动）'
            else pick(getvariable('industries'), 'industry', i) || '零售'
        end as business_scope,
        '浙江' as province,
        city_name,
        if(copy >= 2, address || '二楼', address) as address,
        case
            when copy = 3 and one_in('register closed', i, 4) then '注销'
            else register_status
        end as register_status,
    from copies
)

select * from final
