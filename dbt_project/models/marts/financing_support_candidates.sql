with

key_enterprises as (

    select * from {{ ref('int_key_enterprise') }}

),

subjects as (

    select * from {{ ref('int_subjects') }}

),

severe_listings as (

    select * from {{ ref('int_severe_listings') }}

),

evaluation as (

    select * from {{ ref('enterprise_evaluation') }}

),

parameters as (

    select * from {{ ref('stg_run_parameters') }}

),

on_severe_list as (

    select distinct subject_id
    from severe_listings
    where is_active

),

in_force as (

    select
        key_enterprises.subject_id,
        key_enterprises.list_kind,
        key_enterprises.is_authorised
    from key_enterprises
    cross join parameters
    where
        key_enterprises.disposition = 'used'
        and key_enterprises.listed_on <= parameters.as_of_date
        and (
            key_enterprises.delisted_on is null
            or key_enterprises.delisted_on > parameters.as_of_date
        )

),

listed as (

    select
        subject_id,
        {{ sorted_join('list_kind') }} as list_kinds,
        bool_or(is_authorised) as is_authorised,
        bool_or(
            list_kind in ('防控物资生产', '医疗保障', '生活物资保障')
        ) as is_key_supplier,
        bool_or(list_kind = '受疫情影响较大') as is_hit_hard
    from in_force
    group by subject_id

),

final as (

    select
        subjects.subject_id,
        subjects.subject_name,
        subjects.city_code,
        subjects.scale,
        listed.list_kinds,
        evaluation.grade,
        listed.is_authorised
    from listed
    inner join subjects
        on listed.subject_id = subjects.subject_id
    left join on_severe_list
        on listed.subject_id = on_severe_list.subject_id
    left join evaluation
        on listed.subject_id = evaluation.subject_id
    where
        subjects.is_registered
        and subjects.register_status = '存续'
        and on_severe_list.subject_id is null
        and (
            listed.is_key_supplier
            or (
                listed.is_hit_hard
                and subjects.scale in ('中型', '小型', '微型')
            )
        )
        and coalesce(evaluation.grade, '') <> 'D'

)

select * from final
