with

positive_records as (

    select * from {{ ref('positive_records') }}

),

subjects as (

    select * from {{ ref('int_subjects') }}

),

severe_listed_subjects as (

    select * from {{ ref('int_severe_listed_subjects') }}

),

commended as (

    select
        subject_id,
        min(
            case level when 'national' then 1 when 'provincial' then 2 else 3 end
        ) as highest_rank,
        count(*) as commendation_count,
        min(recognised_on) as first_commended_on,
        max(recognised_on) as last_commended_on,
        {{ sorted_join('document_no') }} as document_nos
    from positive_records
    where kind = 'commendation'
    group by subject_id

),

final as (

    select
        commended.subject_id,
        subjects.subject_name,
        subjects.subject_type,
        case commended.highest_rank
            when 1 then 'national'
            when 2 then 'provincial'
            else 'city'
        end as highest_level,
        commended.commendation_count,
        commended.first_commended_on,
        commended.last_commended_on,
        commended.document_nos,
        subjects.city_code
    from commended
    inner join subjects
        on commended.subject_id = subjects.subject_id
    left join severe_listed_subjects
        on commended.subject_id = severe_listed_subjects.subject_id
    where severe_listed_subjects.subject_id is null

)

select * from final
