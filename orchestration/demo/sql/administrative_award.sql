with

awarded as (
    select *, weekly_day('award day', i) as delivered_on
    from organisation
    where roll('award', i, 1000) < 4
)

select
    pick(['health', 'economy_it', 'commerce', 'civil_affairs', 'market_regulation'], 'awarder', i)
    as unit_code,
    delivered_on,
    i as n,
    '浙疫奖〔2020〕' || i || '号' as document_no,
    reported_event(delivered_on, 2 + roll('award lag', i, 20)) as awarded_on,
    '浙江省'
    || pick(['卫生健康委员会', '经济和信息化厅', '商务厅', '民政厅', '市场监督管理局'], 'awarder', i)
    as authority_name,
    pick(['省级', '省级', '省级', '省级', '设区市级'], 'award level', i) as authority_level,
    yes_no(roll('epidemic award', i, 10) < 9) as is_epidemic,
    enterprise_name,
    uscc,
    '疫情防控物资保障先进单位' as award,
from awarded
