with

listings as (

    select * from {{ ref('int_severe_listings') }}

),

subjects as (

    select * from {{ ref('int_subjects') }}

),

final as (

    select
        listings.record_id,
        listings.subject_id,
        subjects.subject_name,
        subjects.subject_type,
        listings.ground_code,
        listings.determination_no,
        listings.decision_date,
        listings.listed_on,
        listings.exits_on,
        listings.is_active,
        listings.has_open_objection
    from listings
    inner join subjects
        on listings.subject_id = subjects.subject_id

)

select * from final
