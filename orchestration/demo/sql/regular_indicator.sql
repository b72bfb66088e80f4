-- The grades every enterprise may have, and the bad records few have. The shares decide where the
-- evaluation's grades lie (marts.md section 5): near the known result of 2018.
with

rolled as (
    select
        *,
        roll('tax grade', i, 10000) as tax_roll,
        roll('labour grade', i, 10000) as labour_roll,
        roll('environment grade', i, 10000) as environment_roll,
    from organisation
),

tax_grade as (
    select
        i * 16 as n,
        uscc,
        'tax' as unit_code,
        'tax_grade' as indicator,
        case
            when tax_roll < 70 then 'A'
            when tax_roll < 2520 then 'B'
            when tax_roll < 4950 then 'M'
            when tax_roll < 7500 then 'C'
            else 'D'
        end as value,
        'SW2019-' || i as record_no,
        date '2019-04-30' as recorded_on,
    from rolled
    where tax_roll < 8750
),

former_tax_grade as (
    select
        i * 16 + 1, uscc, 'tax', 'tax_grade', pick(['B', 'M', 'C'], 'former tax grade', i),
        'SW2018-' || i, date '2018-04-30',
    from rolled
    where one_in('former tax grade given', i, 12)
),

labour_grade as (
    select
        i * 16 + 2, uscc, 'hr_social_security', 'labour_grade',
        case
            when labour_roll < 80 then 'A' when labour_roll < 2000 then 'B' else 'C'
        end,
        'LD2019-' || i, date '2019-07-01' + roll('labour day', i, 90),
    from rolled
    where labour_roll < 2700
),

environment_grade as (
    select
        i * 16 + 3, uscc, 'ecology_environment', 'environment_grade',
        case
            when environment_roll < 40 then '绿'
            when environment_roll < 350 then '蓝'
            when environment_roll < 500 then '黄'
            when environment_roll < 570 then '红'
            else '黑'
        end,
        'HB2019-' || i, date '2019-06-05' + roll('environment day', i, 60),
    from rolled
    where environment_roll < 600
),

bank_overdue as (
    select
        i * 16 + 4 + k, uscc, 'pboc_hangzhou', 'bank_overdue', cast(null as varchar),
        'YQ' || (i * 4 + k),
        case
            when one_in('overdue in epidemic', i * 4 + k, 2)
                then reported_event(
                    getvariable('last_daily'), roll('overdue day', i * 4 + k, 40)
                )
            else date '2016-03-01' + roll('overdue day', i * 4 + k, 1400)
        end,
    from (
        select *, unnest(range(1 + roll('overdue records', i, 3))) as k
        from rolled
        where roll('overdue', i, 1000) < 75
    )
),

unperformed_judgment as (
    select
        i * 16 + 8, uscc, 'development_reform', 'unperformed_judgment', cast(null as varchar),
        'PJ' || i, date '2015-03-01' + roll('judgment day', i, 1780),
    from rolled
    where roll('judgment', i, 1000) < 29
),

wage_arrears as (
    select
        i * 16 + 9, uscc, 'hr_social_security', 'wage_arrears', cast(null as varchar),
        'QX' || i, date '2016-03-01' + roll('arrears day', i, 1420),
    from rolled
    where roll('arrears', i, 1000) < 30
),

safety_record as (
    select
        i * 16 + 10, uscc, 'emergency_management', 'safety_record', cast(null as varchar),
        'AQ' || i, date '2016-03-01' + roll('safety day', i, 1420),
    from rolled
    where roll('safety', i, 1000) < 15
),

records as (
    select * from tax_grade
    union all
    select * from former_tax_grade
    union all
    select * from labour_grade
    union all
    select * from environment_grade
    union all
    select * from bank_overdue
    union all
    select * from unperformed_judgment
    union all
    select * from wage_arrears
    union all
    select * from safety_record
)

select
    *,
    greatest(
        if(
            indicator in ('tax_grade', 'labour_grade', 'environment_grade'),
            delivery_from(getvariable('start') + roll('grade day', record_no, 8)),
            weekly_day('bad record day', record_no)
        ),
        weekly_from(recorded_on)
    ) as delivered_on,
from records
