-- Most are decided a few days before they are reported; some late, some outside the epidemic.
with

decisions as (
    select
        organisation.*,
        i * 4 + k as n,
    from organisation
    cross join unnest(range(1 + roll('penalties', i, 4) // 3)) as counted (k)
    where roll('penalised', i, 1000) < 62
),

drawn as (
    select
        *,
        delivery_day('penalty day', n) as delivered_on,
        split(pick([
            'P01|market_regulation', 'P01|market_regulation', 'P01|healthcare_security',
            'P02|market_regulation', 'P02|market_regulation', 'P02|development_reform',
            'P03|market_regulation', 'P03|development_reform', 'Q01|market_regulation',
            'Q01|drug_administration', 'Q02|market_regulation', 'Q02|drug_administration',
            'Q03|market_regulation', 'W01|forestry', 'W02|public_security', 'W03|agriculture',
            'A01|market_regulation', 'R01|economy_it', 'R02|health', 'R03|commerce',
            'R04|health', 'R05|economy_it', 'R06|hr_social_security',
            '000|market_regulation', '000|public_security', '000|market_regulation'
        ], 'penalty kind', n), '|') as kind,
        roll('penalty categories', n, 100) as category_roll,
        roll('penalty party', n, 1000) as party_roll,
        case
            when roll('late penalty', n, 100) < 8 then 15 + roll('lag', n, 30)
            else 1 + roll('lag', n, 7)
        end as lag,
    from decisions
),

judged as (
    select
        drawn.*,
        kind[1] as conduct_code,
        kind[2] as unit_code,
        coalesce(conduct.conduct_name, '未按规定明示经营者信息') as conduct_name,
        case
            when roll('penalty before', n, 100) < 3
                then least(date '2019-06-01' + roll('penalty before day', n, 200), delivered_on - 5)
            else reported_event(delivered_on, lag)
        end as decision_date,
        case
            when category_roll < 45 then '罚款'
            when category_roll < 60 then '警告;罚款'
            when category_roll < 72 then '警告'
            when category_roll < 84 then '罚款；没收违法所得'
            when category_roll < 90 then '没收非法财物、罚款'
            when category_roll < 94 then '罚款;责令停产停业'
            when category_roll < 96 then '罚款;暂扣或者吊销许可证'
            else '罚款;其他-责令改正'
        end as penalty_categories,
        case
            when roll('serious fine', n, 100) < 4 then 10 + roll('fine', n, 400) / 10.0
            else (10 + roll('fine', n, 490)) / 100.0
        end as fine,
    from drawn
    left join conduct on conduct.conduct_code = kind[1]
),

final as (
    select
        i,
        n,
        unit_code,
        delivered_on,
        if(party_roll < 25, person_name('penalised', n), enterprise_name) as party_name,
        case
            when party_roll < 25 then '自然人'
            when class_code = '92' then '个体工商户'
            else '法人及非法人组织'
        end as party_kind,
        if(party_roll < 40, null, uscc) as uscc,
        if(party_roll >= 25 and party_roll < 60, org_code, null) as org_code,
        if(party_roll >= 25, person_name('head', i), null) as legal_representative,
        city_name || unit.short_name || '罚〔' || year(decision_date) || '〕' || n || '号'
        as document_no,
        conduct_name as violation_type,
        '经查，当事人于' || strftime(decision_date - 5, '%Y年%m月%d日') || '存在“' || conduct_name
        || '”的行为，有现场检查笔录、询问笔录等证据证实。' as facts,
        pick([
            '《中华人民共和国价格法》第四十条', '《中华人民共和国产品质量法》第五十条',
            '《中华人民共和国传染病防治法》第七十条', '《中华人民共和国广告法》第五十八条'
        ], 'basis', n) as legal_basis,
        penalty_categories,
        '责令改正，并处：' || penalty_categories as penalty_content,
        if(penalty_categories like '%罚款%', cast(fine as decimal(18, 2)), null) as fine_yuan,
        if(
            penalty_categories like '%没收%',
            cast(roll('confiscated', n, 300) / 100.0 as decimal(18, 2)),
            null
        ) as confiscated_yuan,
        if(penalty_categories like '%暂扣%', '经营许可证ZJ' || n, null) as suspended_licence,
        decision_date,
        if(one_in('valid', n, 5), '长期', null) as valid_until,
        if(one_in('publish', n, 8), cast(decision_date + 365 as varchar), null) as publish_until,
        city_name || unit.office_name as authority_name,
        unit.unit_name as source_name,
        if(roll('procedure', n, 100) < 5, '01', '02') as procedure,
        case
            when roll('finality', n, 100) < 92 then '已生效'
            when roll('finality', n, 100) < 97 then '复议诉讼中'
            else '已撤销'
        end as finality,
        conduct_code,
        if(one_in('not public', n, 60), '否', '是') as is_public,
        if(one_in('not public', n, 60), '涉及商业秘密，依法不予公开', null) as not_public_ground,
    from judged
    left join unit using (unit_code)
)

select * from final
