with

red_list as (

    select * from {{ ref('red_list') }}

),

final as (

    select
        subject_id,
        subject_name,
        subject_type,
        highest_level,
        commendation_count,
        first_commended_on,
        last_commended_on,
        document_nos,
        city_code
    from red_list
    where subject_type <> 'person'

)

select * from final
