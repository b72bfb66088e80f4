with

positive_records as (

    select * from {{ ref('positive_records') }}

),

severe_listed_subjects as (

    select * from {{ ref('int_severe_listed_subjects') }}

),

commended as (

    select distinct subject_id
    from positive_records
    where kind = 'commendation'

),

final as (

    select
        commended.subject_id,
        severe_listed_subjects.determination_no,
        'on_severe_list' as reason
    from commended
    inner join severe_listed_subjects
        on commended.subject_id = severe_listed_subjects.subject_id

)

select * from final
