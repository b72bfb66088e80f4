-- One row per registered organisation of the block. The code's number is a permutation of the
-- organisation's own, so that neighbours have codes far apart.
create or replace temp table organisation as
with

drawn as (
    select
        range as i,
        roll('class', range, 1000) as class_roll,
        roll('age class', range, 1000) as age_roll,
        roll('age', range, 1000000) as age_within,
        roll('status', range, 1000) as status_roll,
        roll('scale', range, 1000) as scale_roll,
        if(
            roll('abolished', range, 100) < 16,
            pick(getvariable('abolished_counties'), 'county', range),
            pick(getvariable('current_counties'), 'county', range)
        ) as county_code
    from range(getvariable('block_first'), getvariable('block_last'))
),

classed as (
    select
        *,
        case
            when class_roll < 890 then '91'
            when class_roll < 915 then '93'
            when class_roll < 990 then '92'
            when class_roll < 996 then '51'
            else '12'
        end as class_code,
        -- Full years at the last delivery: under 2, 2 to 5, 5 to 10, 10 and more.
        least(getvariable('start'), getvariable('last') - cast(case
            when age_roll < 200 then date_diff('day', getvariable('start'), getvariable('last'))
                + age_within % greatest(
                    728 - date_diff('day', getvariable('start'), getvariable('last')), 1
                )
            when age_roll < 620 then 732 + age_within % 1090
            when age_roll < 940 then 1828 + age_within % 1820
            else 3654 + age_within % 5000
        end as integer)) as established_on,
        'MA0'
        || base31(code_number, 923521) || base31(code_number, 29791)
        || base31(code_number, 961) || base31(code_number, 31) || base31(code_number, 1)
        as org_body,
    from (
        select *, (i * 7919777 + getvariable('seed') % 1000003) % 28629151 as code_number
        from drawn
    )
),

coded as (
    select
        *,
        org_body || org_code_check(org_body) as org_code,
    from classed
),

final as (
    select
        i,
        class_code || county_code || org_code
        || uscc_check(class_code || county_code || org_code) as uscc,
        org_code,
        class_code,
        county_code,
        substr(county_code, 1, 4) as city_code,
        city.city_name,
        county.county_name,
        city.city_name
        || pick(getvariable('brand_first'), 'brand', i)
        || pick(getvariable('brand_second'), 'brand', i + 1000003)
        || case class_code
            when '91' then pick(getvariable('industries'), 'industry', i)
                || pick(getvariable('enterprise_forms'), 'form', i)
            when '93' then pick(['蔬菜', '粮油', '水产', '茶叶', '畜禽'], 'industry', i)
                || '专业合作社'
            when '92' then pick(getvariable('industries'), 'industry', i)
                || pick(['商行', '经营部', '商店'], 'form', i)
            when '51' then pick(['志愿者协会', '商会', '行业协会', '慈善基金会'], 'form', i)
            else pick(['医院', '中学', '小学', '疾病预防控制中心'], 'form', i)
        end as enterprise_name,
        established_on,
        case
            when status_roll < 940 then '存续'
            when status_roll < 980 then '注销'
            when status_roll < 995 then '吊销'
            else '迁出'
        end as register_status,
        case
            when scale_roll < 20 then '大型'
            when scale_roll < 120 then '中型'
            when scale_roll < 450 then '小型'
            else '微型'
        end as scale,
    from coded
    left join county using (county_code)
    left join city on city.city_code = substr(county_code, 1, 4)
)

select * from final
order by i
